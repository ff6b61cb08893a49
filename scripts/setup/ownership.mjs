/**
 * Root in somebody else's checkout (a container with a mounted folder, `sudo npm test`) would leave files that
 * the owner can neither change nor delete. So root gives what it made to the owner of the checkout.
 */
import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, inCheckout, workspaceFolders } from './checkout.mjs';

/** True when root works in a checkout of somebody else. */
export function isGuestRoot() {
  return process.getuid?.() === 0 && lstatSync(checkoutRoot).uid !== 0;
}

/** @param {string[]} paths relative to the root; `*` stands for every workspace member */
export function handOverToOwner(paths) {
  if (!isGuestRoot()) {
    return;
  }
  const { uid, gid } = lstatSync(checkoutRoot);
  const members = workspaceFolders().slice(1);
  for (const path of paths) {
    const targets = path.startsWith('*/')
      ? members.map((member) => join(member, path.slice(2)))
      : [path];
    for (const target of targets) {
      chownTree(inCheckout(target), uid, gid);
    }
  }
}

/** Says why this user cannot go on in this checkout, and what to do. */
export function notWritableAdvice() {
  const { uid } = lstatSync(checkoutRoot);
  return (
    `This user (uid ${process.getuid?.()}) may not write in ${checkoutRoot}, which belongs to uid ${uid}.\n` +
    'Run the command as the owner, or make the folder yours: `sudo chown -R "$(id -u):$(id -g)" .`'
  );
}

/** Never follows a link: node_modules is full of them. */
function chownTree(
  /** @type {string} */ path,
  /** @type {number} */ uid,
  /** @type {number} */ gid,
) {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) {
    return;
  }
  if (entry.uid !== uid || entry.gid !== gid) {
    lchownSync(path, uid, gid);
  }
  if (entry.isDirectory()) {
    for (const name of readdirSync(path)) {
      chownTree(join(path, name), uid, gid);
    }
  }
}
