// `npm run differential [-- arguments]`: set the checkout up, then run test/dist/differential/main.js.
import { runNode } from './process/child.mjs';
import { command } from './process/command.mjs';
import { inCheckout } from './setup/checkout.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  return runNode([inCheckout('test/dist/differential/main.js'), ...process.argv.slice(2)]);
});
