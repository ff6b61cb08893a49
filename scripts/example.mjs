// `npm run example -- <name> [arguments]`: set the checkout up, then run examples/<name>/dist/main.js.
import { existsSync, readdirSync } from 'node:fs';
import { runNode } from './process/child.mjs';
import { command, StepFailure } from './process/command.mjs';
import { inCheckout } from './setup/checkout.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const names = readdirSync(inCheckout('examples')).filter((folder) =>
    existsSync(inCheckout(`examples/${folder}/package.json`)),
  );
  if (!names.includes(name)) {
    throw new StepFailure(`npm run example -- <name>: there are ${names.join(', ')}`, {
      exitCode: 2,
    });
  }
  await setup();
  return runNode([inCheckout(`examples/${name}/dist/main.js`), ...args]);
});
