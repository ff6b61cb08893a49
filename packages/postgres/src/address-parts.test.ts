import pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { addressParts } from './address-parts.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the parts of an address are those that pg connects to', () => {
  test.each([
    'postgres://me:secret@db.example:6543/app',
    'postgres://me@db.example/app',
    'postgres://me@%2Fvar%2Frun:5433/app',
    'postgres://me@/app?host=/var/run',
    'postgres://u:p%40ss@[::1]:5432/a%20b',
  ])('%s', (url) => {
    for (const [name, value] of Object.entries({
      PGHOST: '',
      PGPORT: '',
      PGDATABASE: '',
      PGUSER: '',
    }))
      vi.stubEnv(name, value);
    const { host, port, database, user } = new pg.Client({ connectionString: url });
    expect(addressParts(url)).toEqual({ host, port, database, user });
  });

  test('what a URL leaves out comes from the environment', () => {
    const environment = { PGHOST: 'h', PGPORT: '7', PGDATABASE: 'd', PGUSER: 'u' };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(addressParts('postgres://')).toEqual({ host: 'h', port: 7, database: 'd', user: 'u' });
  });

  test('no password is among them', () => {
    expect(JSON.stringify(addressParts('postgres://me:secret@h/d'))).not.toContain('secret');
  });
});
