/**
 * Installs what pnpm-lock.yaml says with the pnpm that package.json names. pnpm comes through npx because nothing
 * but Node and npm may be assumed: newer Nodes ship no corepack, and npm itself cannot read `workspace:*`.
 */
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runNodeQuietly, runQuietly } from '../process/child.mjs';
import { StepFailure } from '../process/command.mjs';
import { step } from '../process/step.mjs';
import { inCheckout, readJson, workspaceFolders } from './checkout.mjs';
import { installEnvironment } from './install-environment.mjs';
import { clearStamp, stampInstallation } from './install-stamp.mjs';
import { isGuestRoot } from './ownership.mjs';

/** @throws {StepFailure} */
export async function installPackages() {
  await step('installing packages', async () => {
    clearStamp();
    await runPnpmInstall();
    if (stampInstallation().length === 0) {
      return;
    }
    // pnpm trusts its own record of what it once installed: start over where that record is wrong.
    removeNodeModules();
    await runPnpmInstall();
    const missing = stampInstallation();
    if (missing.length > 0) {
      throw new StepFailure(`pnpm reported success, but these are missing: ${missing.join(', ')}`);
    }
  });
}

async function runPnpmInstall() {
  const pnpm = String(readJson('package.json').packageManager).replace(/\+.*$/, '');
  const args = [
    '--yes',
    pnpm,
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
    '--config.confirmModulesPurge=false',
  ];
  if (isGuestRoot()) {
    // What we give to the owner afterwards must not be the same file as the one in root's store.
    args.push('--package-import-method=copy');
  }
  const env = installEnvironment();
  const npx = npxScript();
  const result =
    npx === undefined
      ? await runQuietly('npx', args, { env })
      : await runNodeQuietly([npx, ...args], { env });
  if (result.exitCode !== 0) {
    throw new StepFailure('Installing packages failed.', {
      log: result.output,
      exitCode: result.exitCode,
    });
  }
}

/** The npx of the npm that started us, or else of the npm beside this Node: no shell, no PATH. */
function npxScript() {
  const prefix = dirname(process.execPath);
  const candidates = [
    ...(process.env.npm_execpath?.endsWith('npm-cli.js')
      ? [join(dirname(process.env.npm_execpath), 'npx-cli.js')]
      : []),
    join(prefix, '../lib/node_modules/npm/bin/npx-cli.js'),
    join(prefix, 'node_modules/npm/bin/npx-cli.js'),
  ];
  return candidates.find((path) => existsSync(path));
}

function removeNodeModules() {
  for (const folder of workspaceFolders()) {
    rmSync(inCheckout(join(folder, 'node_modules')), { recursive: true, force: true });
  }
}
