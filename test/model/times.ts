/** How much longer than in `npm test` the model tests go on: `MODEL_TIMES=100 npx vitest run test/model`. */
export const TIMES = Number(process.env.MODEL_TIMES ?? 1);
