import { ConfigurationError, type TableOption } from '@millrace/engine';

/**
 * What one `--table` says: `flights=origin` (sharded by a column), `orders=customer+region` (by several), or
 * `airports=replicated`. All else that a table may be (`by`, a column named `replicated`) is for the configuration file.
 *
 * @throws ConfigurationError saying what was written and what it must look like
 */
export function readTableOption(text: string): readonly [name: string, option: TableOption] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0)).trim();
  const key = text
    .slice(at + 1)
    .split('+')
    .map((column) => column.trim());
  if (name === '' || key.includes('')) {
    throw new ConfigurationError(
      `'${text}' says nothing of a table: write name=column, name=column+column or name=replicated`,
    );
  }
  if (key.length === 1 && key[0] === 'replicated') return [name, 'replicated'];
  return [name, { key: key.length === 1 ? (key[0] as string) : key }];
}
