/**
 * Serves the built page on made-up answers, to look at while it is made: `npm run page:fixture -- [calm|trouble|empty] [port] [live|records|app]`.
 */
import { type FixtureOptions, fixtureSource } from './fixture-source.ts';
import { FIXTURE_TOKEN, serveFixture } from './serve-fixture.ts';

const [mood = 'trouble', port = '7090', kind = 'live'] = process.argv.slice(2);
const source = fixtureSource({ mood: mood as FixtureOptions['mood'], kind: kind as FixtureOptions['kind'] });
const { url } = await serveFixture(source, Number(port));
process.stderr.write(`made-up answers (${mood}) at ${url}#token=${FIXTURE_TOKEN}\n`);
