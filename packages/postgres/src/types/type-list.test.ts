import { readFileSync } from 'node:fs';
import types from 'pg-types';
import { describe, expect, test } from 'vitest';
import { typeTableLines } from '../testing/type-document.js';
import { TYPE_CHOICES } from '../values/type-choices.js';
import { builtInTypeName, elementRow, TYPE_LIST, typeRow } from './type-list.js';
import { TypeOid } from './type-table.js';

const document = readFileSync(new URL('../../../../docs/types.md', import.meta.url), 'utf8');

test('docs/types.md has the table of the code, row by row', () => {
  const lines = document.split('\n').filter((line) => line.startsWith('| '));
  const cells = lines.map((line) => line.split('|').slice(1, -1));
  const written = cells.map((row) => row.map((cell) => cell.trim().replace(/^-+$/, '---')));
  const table = typeTableLines();
  expect(written.slice(0, table.length).map((row) => row.join('|'))).toEqual(table);
});

test('docs/types.md has a line for each choice, with all that may be chosen', () => {
  for (const [type, choices] of Object.entries(TYPE_CHOICES)) {
    const all = choices.map((choice) => `'${choice}'`).join(', ');
    expect(document).toMatch(new RegExp(`^\\| \`${type}\` +\\| ${all} +\\|`, 'm'));
  }
});

describe('the list', () => {
  test('has each type, and each array type, once', () => {
    const oids = TYPE_LIST.flatMap(({ oid, arrayOid }) =>
      arrayOid === 0 ? [oid] : [oid, arrayOid],
    );
    expect(new Set(oids).size).toBe(oids.length);
    expect(new Set(TYPE_LIST.map(({ name }) => name)).size).toBe(TYPE_LIST.length);
  });

  test('has every type that the code names, and no array for the OID 0', () => {
    for (const oid of Object.values(TypeOid)) expect(typeRow(oid)).toBeDefined();
    expect(elementRow(0)).toBeUndefined();
    expect([builtInTypeName(0), builtInTypeName(16_384)]).toEqual([undefined, undefined]);
  });

  test('says that an array is parsed where pg has a parser for it', () => {
    const none = types.getTypeParser(25, 'text');
    for (const { name, arrayOid, arrayValue } of TYPE_LIST) {
      const parsed = arrayOid !== 0 && types.getTypeParser(arrayOid, 'text') !== none;
      expect(arrayValue.endsWith('[]'), name).toBe(parsed);
    }
  });
});
