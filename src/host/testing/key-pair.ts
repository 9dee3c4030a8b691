/** Keys for tests. */
import ssh2 from 'ssh2'

export interface KeyPair {
  /** OpenSSH formats. */
  readonly private: string
  readonly public: string
}

/** ssh2 writes one Ed25519 key in 256 wrongly (it drops a leading zero of the public key): such a one is thrown away. */
export function makeKeyPair(): KeyPair {
  const pair = ssh2.utils.generateKeyPairSync('ed25519')
  return ssh2.utils.parseKey(pair.private) instanceof Error ? makeKeyPair() : pair
}
