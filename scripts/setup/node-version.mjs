import { StepFailure } from '../process/command.mjs';
import { readJson } from './checkout.mjs';

/** Refuses a Node older than package.json's `engines.node`, which we write as `>=major.minor`. */
export function checkNodeVersion(running = process.versions.node) {
  const wanted = String(readJson('package.json').engines.node).replace('>=', '');
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  const [runningMajor = 0, runningMinor = 0] = running.split('.').map(Number);
  if (runningMajor > major || (runningMajor === major && runningMinor >= minor)) {
    return;
  }
  throw new StepFailure(
    `Millrace needs Node ${wanted} or newer, and this is Node ${running}.\n` +
      'Install a current release from https://nodejs.org (or with nvm: `nvm install 22`) and run the command again.',
  );
}
