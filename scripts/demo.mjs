// `npm run demo [-- arguments]`: set the checkout up, then run examples/flights/dist/main.js.
import { runNode } from './process/child.mjs';
import { command } from './process/command.mjs';
import { inCheckout } from './setup/checkout.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  return runNode([inCheckout('examples/flights/dist/main.js'), ...process.argv.slice(2)]);
});
