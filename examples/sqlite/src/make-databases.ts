import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import initSqlJs from 'sql.js';

/** Rivers of two continents, with their lengths in kilometres. */
const RIVERS: Readonly<Record<string, readonly (readonly [name: string, km: number])[]>> = {
  africa: [
    ['Nile', 6650],
    ['Congo', 4700],
    ['Niger', 4180],
    ['Zambezi', 2574],
  ],
  america: [
    ['Amazon', 6400],
    ['Paraná', 4880],
    ['Mississippi', 3766],
    ['Orinoco', 2140],
  ],
};

/** Writes a database file for each continent, with a table `rivers`. Returns their paths. */
export async function makeDatabases(folder: string): Promise<{ name: string; dsn: string }[]> {
  const { Database } = await initSqlJs();
  const files = Object.entries(RIVERS).map(async ([name, rivers]) => {
    const database = new Database();
    database.run('CREATE TABLE rivers (name TEXT, km INTEGER)');
    for (const river of rivers) database.run('INSERT INTO rivers VALUES (?, ?)', [...river]);
    const dsn = join(folder, `${name}.db`);
    await writeFile(dsn, database.export());
    database.close();
    return { name, dsn };
  });
  return Promise.all(files);
}
