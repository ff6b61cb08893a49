import { EmbeddedPostgresError } from './errors.js';

/**
 * For data that lives as long as the run. Nothing is synced to disk, which only a crash of the machine
 * would show. `synchronous_commit` stays on: without syncs it costs next to nothing, and a server that is
 * killed and started again then has every row that was committed.
 */
const defaults: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  // Loading into a table created in the same transaction writes no log at all.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  checkpoint_timeout: '30min',
  shared_buffers: '128MB',
  max_connections: '100',
  // The binaries come without LLVM; off also keeps plans the same where they have it.
  jit: 'off',
  // Memory of parallel queries: files in the data directory leave nothing in /dev/shm after a kill -9 and
  // need no more of it than the 64 MB of a container. The first 16 MB come from ordinary shared memory.
  dynamic_shared_memory_type: 'mmap',
  min_dynamic_shared_memory: '16MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/** Settings that make up the address of a server, and so are not the caller's. */
const reserved = [
  'port',
  'listen_addresses',
  'unix_socket_directories',
  'unix_socket_permissions',
  'data_directory',
];

/**
 * The lines for `postgresql.conf`: later ones win.
 *
 * @throws EmbeddedPostgresError `INVALID_OPTION` for a name that is not one, or that we set ourselves
 */
export function serverConfiguration(
  extra: Readonly<Record<string, string>>,
  address: Readonly<Record<string, string>>,
): string {
  for (const [name, value] of Object.entries(extra)) {
    if (
      !/^[a-z_][\w.]*$/i.test(name) ||
      reserved.includes(name.toLowerCase()) ||
      /[\r\n\0]/.test(value)
    ) {
      throw new EmbeddedPostgresError(
        'INVALID_OPTION',
        `not a setting to be given here: ${name} = ${value}`,
      );
    }
  }
  const lines = Object.entries({ ...defaults, ...extra, ...address }).map(
    ([name, value]) => `${name} = ${quoted(value)}`,
  );
  return `\n${lines.join('\n')}\n`;
}

/** A quoted value in a configuration file knows backslash escapes (PostgreSQL: guc-file.l). */
function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
