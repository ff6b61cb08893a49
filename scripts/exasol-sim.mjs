// `npm run exasol-sim [-- arguments]`: set the checkout up, then run test/dist/exasol/cluster/main.js.
import { runNode } from './process/child.mjs';
import { command } from './process/command.mjs';
import { inCheckout } from './setup/checkout.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  return runNode([inCheckout('test/dist/exasol/cluster/main.js'), ...process.argv.slice(2)]);
});
