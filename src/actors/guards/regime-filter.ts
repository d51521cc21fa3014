import { type Guard, verdict } from './guard.ts';

/**
 * Blocks a strategy in a market it was not made for: trend followers where price gets nowhere, reversion where it does. An
 * unknown regime, or a strategy of unknown kind, blocks.
 */
export const regimeFilter: Guard = {
  name: 'RegimeFilter',
  evaluate({ signal: { strategy, features }, limits: { regime: limit } }) {
    const { regime } = features;
    const kind = Object.hasOwn(limit.kinds, strategy) ? limit.kinds[strategy] : undefined;
    const allowed = kind ? limit.allowed[kind] : [];
    const figures = { regime, kind: kind ?? 'unknown', allowed: allowed.join(', ') };
    if (regime === 'unknown')
      return verdict(this.name, [`the regime is not known after ${features.bars} bars`], '', {
        ...figures,
        bars: features.bars,
      });
    if (!kind) return verdict(this.name, [`it is not known which regimes suit strategy ${strategy}`], '', figures);
    const breaches = allowed.includes(regime)
      ? []
      : [`the market is ${regime}; ${strategy} (${kind}) is for ${allowed.join(' or ')}`];
    return verdict(this.name, breaches, `the market is ${regime}, which suits ${strategy} (${kind})`, figures);
  },
};
