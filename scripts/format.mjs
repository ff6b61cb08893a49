// `npm run format`: set the checkout up, then fix formatting, import order and what else lint can fix.
import { format } from './checks/tools.mjs';
import { command } from './process/command.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  return format();
});
