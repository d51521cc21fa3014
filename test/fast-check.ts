/**
 * fast-check, with a seed: the same checkout has the same verdict twice, and a red one is about the change that was made. Other histories:
 * `FC_SEED=random npm test`, or a number; what fails then prints its seed, and becomes an example of its test.
 */
import fc from 'fast-check';

const { FC_SEED = '20261129' } = process.env;
if (FC_SEED !== 'random') fc.configureGlobal({ seed: Number(FC_SEED) });

export { fc };
