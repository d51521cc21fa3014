/** Asks the real OTP again and writes its answers: `npm run otp:record`. Exits 69 where there is no Erlang. */
import { writeFileSync } from 'node:fs';
import { ANSWERS_FILE, hasErlang, liveOnOtp } from './otp.ts';
import { scenarios } from './scenarios.ts';

if (!hasErlang()) {
  process.stderr.write(
    `There is no \`erl\` here, so OTP cannot be asked; ${ANSWERS_FILE} was left as it is.\n` +
      'Install Erlang (Debian: `apt-get install erlang-base`) and run this again.\n',
  );
  process.exit(69);
}
const answers = liveOnOtp(scenarios);
writeFileSync(ANSWERS_FILE, `${JSON.stringify(answers, null, 2)}\n`);
process.stdout.write(`OTP ${answers.otp} answered ${answers.outcomes.length} scenarios; see ${ANSWERS_FILE}\n`);
