/** Encodings by Exasol's names. Node only decodes most of them: the way back is made from its own decoder, byte by byte. */
import { TextDecoder } from 'node:util';
import { ExasolError } from '../exasol-error.js';

export function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(label(encoding));
  } catch {
    throw new ExasolError('42000', `unknown encoding '${encoding}'`);
  }
}

/** @throws ExasolError for an encoding of several bytes other than UTF-8, and on a character that is not in it */
export function encoderOf(encoding: string): (text: string) => Buffer {
  const name = label(encoding);
  if (name === 'utf-8') return (text) => Buffer.from(text, 'utf8');
  const decoder = decoderOf(encoding);
  const bytes = new Map<string, number>();
  for (let byte = 0; byte < 256; byte += 1) bytes.set(decoder.decode(Uint8Array.of(byte)), byte);
  if (bytes.size < 200) throw new ExasolError('0A000', `EXPORT with encoding '${encoding}'`);
  return (text) =>
    Buffer.from(
      Array.from(text, (char) => {
        const byte = bytes.get(char);
        if (byte !== undefined) return byte;
        throw new ExasolError('42636', `ETL-3003: cannot write '${char}' in '${encoding}'`);
      }),
    );
}

function label(encoding: string): string {
  const name = encoding.toLowerCase().replaceAll('_', '-');
  if (name === 'utf8' || name === 'utf-8') return 'utf-8';
  if (name === 'ascii') return 'windows-1252';
  return name;
}
