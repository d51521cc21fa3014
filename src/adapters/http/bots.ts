import { type Context, Hono } from 'hono';
import type { NotHere } from '../../inspector/contract.ts';
import type { BotsSource, InspectorSource } from '../../inspector/source.ts';
import type { Env } from './api.ts';
import { type AppOptions, BOTS_PATH, inspectorApp, sendPage } from './app.ts';
import { Hub } from './stream.ts';

/** Found again only after it was looked for, s. */
const AGAIN_S = '1';
/** What is asked of a bot; all else is the page, which is the same for all. */
const OF_A_BOT = /^\/(api|healthz|readyz)(\/|$)/;

interface Shown {
  readonly hub: Hub;
  readonly app: Hono<Env>;
}

interface BotRoutesOptions extends Pick<AppOptions, 'listeners' | 'page' | 'clean' | 'log'> {
  readonly bots: BotsSource;
  /** Something of a source broke while it was told. */
  readonly failed: (error: unknown) => void;
}

/**
 * `/bots/ACCOUNT/PART/`: the page and the API of one bot of many. Nothing is made for a bot before it is asked for, and what was made goes
 * with its source.
 */
export class BotRoutes {
  readonly routes = new Hono<Env>();
  readonly #options: BotRoutesOptions;
  readonly #shown = new Map<InspectorSource, Shown>();

  constructor(options: BotRoutesOptions) {
    this.#options = options;
    this.routes.get('/:account/:part', (c) => c.redirect(`${c.req.path}/`));
    this.routes.all('/:account/:part/*', (c) => this.#answer(c));
  }

  /** Whoever listens to a bot is told why it ends. */
  bye(reason: string): void {
    for (const { hub } of this.#shown.values()) hub.bye(reason);
  }

  async #answer(c: Context<Env>): Promise<Response> {
    const { account, part } = c.req.param() as { readonly account: string; readonly part: string };
    const name = `${account}/${part}`;
    const base = `${BOTS_PATH}/${account}/${part}`;
    const rest = c.req.path.slice(base.length);
    if (!OF_A_BOT.test(rest)) return sendPage(c, this.#options.page, rest);
    const found = await this.#options.bots.find(name);
    if ('soon' in found) {
      const { soon, ...why } = this.#options.clean(found);
      return c.json(why satisfies NotHere, soon ? 503 : 404, soon ? { 'Retry-After': AGAIN_S } : {});
    }
    const { app } = this.#shownBy(found, base);
    return app.fetch(c.req.raw, c.env);
  }

  #shownBy(source: InspectorSource, base: string): Shown {
    const known = this.#shown.get(source);
    if (known !== undefined) return known;
    const { listeners, clean, failed } = this.#options;
    const hub = new Hub({ source, listeners, clean, failed });
    const app = inspectorApp({ ...this.#options, source, hub, metrics: null, stately: null, bots: null, base });
    const shown = { hub, app };
    this.#shown.set(source, shown);
    void source.over?.then((reason) => {
      this.#shown.delete(source);
      hub.bye(reason);
    });
    return shown;
  }
}
