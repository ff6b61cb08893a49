/**
 * The environment in which npx and pnpm run: without what npm adds for its scripts (pnpm would take it for
 * configuration), and with a home they can write to.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where packages come from and how to reach it: the part of npm's configuration that is the user's business. */
const KEPT =
  /^npm_config_(registry|@.*|\/\/.*|cache|userconfig|globalconfig|proxy|https?_proxy|no_?proxy|ca|cafile|cert|key|strict_ssl|fetch_.*|offline|prefer_offline)$/i;

export function installEnvironment(env = process.env) {
  const kept = Object.entries(env).filter(([name]) => !isFromNpm(name) && name !== 'NODE_ENV');
  /** @type {NodeJS.ProcessEnv} */
  const result = {
    ...Object.fromEntries(kept),
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
  };
  const home = findHome(env);
  if (home === undefined) {
    moveHome(result, env);
  } else if (!isWritable(result.npm_config_cache ?? join(home, '.npm'))) {
    result.npm_config_cache = join(substituteHome(), '.npm');
  }
  return result;
}

/** @param {string} name */
function isFromNpm(name) {
  if (/^npm_config_/i.test(name)) {
    return !KEPT.test(name);
  }
  return /^(npm_(lifecycle|package|command|execpath|node_execpath)|INIT_CWD$)/.test(name);
}

/** @param {NodeJS.ProcessEnv} env */
function findHome(env) {
  const home = env.HOME ?? env.USERPROFILE;
  if (!home || !existsSync(home) || !isWritable(home)) {
    return undefined;
  }
  // `sudo` may leave HOME as it was: root's files in there would lock their owner out of the npm cache.
  const isAnothersHome = process.getuid?.() === 0 && statSync(home).uid !== 0;
  return isAnothersHome ? undefined : home;
}

/**
 * @param {NodeJS.ProcessEnv} result
 * @param {NodeJS.ProcessEnv} env
 */
function moveHome(result, env) {
  const userconfig = env.npm_config_userconfig ?? join(env.HOME || homedir(), '.npmrc');
  const home = substituteHome();
  for (const name of Object.keys(result).filter((key) => /^XDG_.*_HOME$/.test(key))) {
    delete result[name];
  }
  result.HOME = home;
  result.npm_config_cache = join(home, '.npm');
  if (isReadable(userconfig)) {
    result.npm_config_userconfig = userconfig;
  } else {
    delete result.npm_config_userconfig;
  }
}

/** One folder per user, kept between runs; somebody else's folder of that name is not ours to trust. */
function substituteHome() {
  const path = join(tmpdir(), `millrace-home-${process.getuid?.() ?? 'user'}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const entry = lstatSync(path);
  const isOurs =
    entry.isDirectory() && (process.getuid === undefined || entry.uid === process.getuid());
  return isOurs ? path : mkdtempSync(`${path}-`);
}

/** @param {string} path which need not exist yet */
function isWritable(path) {
  const existing = existsSync(path) || dirname(path) === path;
  return existing ? isAccessible(path, constants.W_OK | constants.X_OK) : isWritable(dirname(path));
}

/** @param {string} path */
function isReadable(path) {
  return isAccessible(path, constants.R_OK);
}

function isAccessible(/** @type {string} */ path, /** @type {number} */ mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    // accessSync has no other way to say no.
    return false;
  }
}
