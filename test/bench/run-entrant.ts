/** One entrant of one contest, in a process of its own: `node --expose-gc run-entrant.ts CONTEST [PEER]`. Prints a number or null. */
import { CONTESTS } from './contests.ts';

const [, , name, peer] = process.argv;
const contest = CONTESTS.find((one) => one.name === name);
const run = peer === undefined ? contest?.us : contest?.peers[peer];
if (!run) throw new Error(`there is no ${peer ?? 'entrant'} in ${name}`);
process.stdout.write(`\n=${JSON.stringify(await run())}\n`, () => process.exit(0));
