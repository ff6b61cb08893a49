import { ExasolOptionError } from '../errors.js';
import { choiceOf, flagOf } from './csv-options.js';
import { knowsCertificateWords } from './release-version.js';
import { parseTunnelAddress } from './tunnel-address.js';

/** Where the data goes or comes from: one tunnel for each file. */
export interface TunnelFiles {
  /** One `ip:port` or `ip:port/key` for each tunnel, in the order of the files. */
  readonly addresses: readonly string[];
  /** Whether the tunnels speak TLS; all do or none. */
  readonly encryption: boolean;
  /** Whether bytes travel as gzip. Default false. */
  readonly compression?: boolean;
  /** The bytes are already (to be) in this form, and pass through as they are. Goes before `compression`. */
  readonly format?: 'gz' | 'bz2' | 'zip';
  /** The database's release, from the login. From 8.32.0 on encrypted tunnels are pinned by their keys; not given: they are not. */
  readonly releaseVersion?: string;
  /** The database takes whatever certificate a tunnel shows, and no key is written. Default false. */
  readonly ignoreCertificate?: boolean;
}

export const FILE_OPTIONS: readonly string[] = [
  'addresses',
  'encryption',
  'compression',
  'format',
  'releaseVersion',
  'ignoreCertificate',
];

/** One line `AT '…' FILE '…'` for each tunnel. @throws ExasolOptionError */
export function fileLines(files: TunnelFiles, csvColumns: string): readonly string[] {
  const { addresses, releaseVersion } = files;
  if (!Array.isArray(addresses) || addresses.length === 0) {
    throw new ExasolOptionError('addresses', 'must be a list with the address of each tunnel');
  }
  if (typeof files.encryption !== 'boolean') {
    throw new ExasolOptionError('encryption', 'must be true or false, as the tunnels are');
  }
  const ending = extensionOf(files);
  const ignore = flagOf(files.ignoreCertificate, 'ignoreCertificate');
  if (ignore && !files.encryption) {
    throw new ExasolOptionError('ignoreCertificate', 'there is no certificate without encryption');
  }
  const certificates = files.encryption && knowsCertificateWords(releaseVersion);
  const seen = new Set<string>();
  return addresses.map((text: unknown, i) => {
    const option = `addresses[${i}]`;
    const { hostAndPort, publicKey } = parseTunnelAddress(text, option);
    if (seen.has(hostAndPort)) {
      throw new ExasolOptionError(
        option,
        `${hostAndPort} is listed twice: a tunnel moves one file`,
      );
    }
    seen.add(hostAndPort);
    const words = [`AT '${files.encryption ? 'https' : 'http'}://${hostAndPort}'`];
    if (certificates && ignore) {
      words.push('IGNORE CERTIFICATE');
    } else if (certificates) {
      if (publicKey === undefined) {
        throw new ExasolOptionError(
          option,
          `${hostAndPort} has no key behind it, which Exasol ${releaseVersion} needs to know the tunnel by`,
        );
      }
      words.push(`PUBLIC KEY 'sha256//${publicKey}'`);
    }
    words.push(`FILE '${String(i).padStart(3, '0')}.${ending}'${csvColumns}`);
    return words.join(' ');
  });
}

function extensionOf({ compression, format }: TunnelFiles): string {
  const packed = flagOf(compression, 'compression');
  if (format !== undefined) {
    return choiceOf(format, ['GZ', 'BZ2', 'ZIP'], 'format').toLowerCase();
  }
  return packed ? 'gz' : 'csv';
}
