/** SSH keys that belong to no lab: of impostors, and for tests. */
import ssh2 from 'ssh2'

export interface KeyPair {
  /** OpenSSH formats. */
  readonly private: string
  readonly public: string
}

/** ssh2 writes one Ed25519 key in 256 wrongly (it drops a leading zero of the public key): such a one is thrown away. */
export function makeKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}
