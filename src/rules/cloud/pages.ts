/** The pages of clouds that the rules rest on. */
import type { Source } from '#facts'
import { page } from '../articles.ts'

export const pages = {
  ec2: page(
    'AWS: nested virtualization on EC2',
    'https://docs.aws.eu/AWSEC2/latest/UserGuide/amazon-ec2-nested-virtualization.html',
  ),
  ec2Options: page(
    'AWS: ModifyInstanceCpuOptions',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceCpuOptions.html',
  ),
  azure: page(
    'Microsoft: nested virtualization in Hyper-V and in public clouds',
    'https://github.com/MicrosoftDocs/windowsserverdocs/blob/main/WindowsServerDocs/virtualization/hyper-v/enable-nested-virtualization.md',
  ),
  gcp: page(
    'Google: nested virtualization on Compute Engine',
    'https://cloud.google.com/compute/docs/instances/nested-virtualization/overview',
  ),
  labs: page(
    'Microsoft: nested virtualization in Azure Lab Services',
    'https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/lab-services/concept-nested-virtualization-template-vm.md',
  ),
  labsRetire: page(
    'Microsoft: retirement guide of Azure Lab Services',
    'https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/lab-services/retirement-guide.md',
  ),
  spot: {
    title:
      'guardianproject/nix-builder-autoscaler, commit 02b1a063: spot refused together with nested CPU options',
    grade: 'S',
    asOf: '2026-11-28',
  },
  trustedLaunch: page(
    'MicrosoftDocs/azure-docs#87947: Trusted Launch and nested virtualization',
    'https://github.com/MicrosoftDocs/azure-docs/issues/87947',
    'S',
  ),
} as const satisfies Readonly<Record<string, Source>>
