/**
 * What every command needs first: a Node that is new enough, the packages of the lockfile, compiled sources.
 * Does only what is missing; with everything in place it asks no registry and writes nothing, so that it also
 * works offline and in a checkout that this user may only read.
 */
import { StepFailure } from '../process/command.mjs';
import { inCheckout } from './checkout.mjs';
import { lockCheckout } from './checkout-lock.mjs';
import { compile } from './compile.mjs';
import { installPackages } from './install.mjs';
import { installationIsCurrent } from './install-stamp.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { handOverToOwner, notWritableAdvice } from './ownership.mjs';

/** @throws {StepFailure} */
export async function setup() {
  checkNodeVersion();
  const lock = await lockCheckout(inCheckout('.millrace/setup.lock'));
  try {
    if (!installationIsCurrent()) {
      if (lock === undefined) {
        throw new StepFailure(`Packages must be installed first. ${notWritableAdvice()}`);
      }
      await installPackages();
      handOverToOwner(['node_modules', '*/node_modules', '.millrace']);
    }
    await compile({ readOnly: lock === undefined });
    handOverToOwner(['*/dist']);
  } finally {
    lock?.release();
  }
}
