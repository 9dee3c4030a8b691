/** Every file of the repository that is made out of the source, with its content as it should be. */
import { fileURLToPath } from 'node:url'
import { labReferenceMarkdown, labSchemaJson } from '#lab'
import { cliPage } from './manual/cli-page.ts'
import { errorsPage } from './manual/errors-page.ts'
import { filesPage } from './manual/files-page.ts'
import { rulesPage } from './manual/rules-page.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Content by path, relative to the repository. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['schema/lab.schema.json', labSchemaJson()],
    ['docs/reference/lab-file.md', labReferenceMarkdown()],
    ['docs/reference/cli.md', cliPage()],
    ['docs/reference/errors.md', await errorsPage(root)],
    ['docs/reference/files.md', await filesPage(root)],
    ['docs/reference/rules.md', rulesPage()],
  ])
}
