/**
 * What the inspector's server tells its page, and anybody else: the JSON API. Types alone, so that both sides import them.
 * Times are ms since 1970 on the bot's clock unless a field ends in `_at` (ISO-8601). Money is in USD. Nothing changes by GET.
 *
 *   GET  /api/overview                      Overview
 *   GET  /api/actors                        ActorView[]
 *   GET  /api/actors/:id                    ActorDetail (404 for an unknown one)
 *   GET  /api/machines                      MachineView[]
 *   GET  /api/events?actor=&after=&limit=   ActorEvent[], oldest first: what the ring still holds
 *   GET  /api/incidents?component=&limit=   IncidentRecord[], newest first, one an incident: its last record
 *   GET  /api/incidents/:id                 IncidentStory
 *   GET  /api/why/:component                WhyChain
 *   GET  /api/signals?state=&symbol=&search=&before=&limit=  SignalPage, newest first
 *   GET  /api/signals/:id                   SignalDetail
 *   GET  /api/trading                       TradingView
 *   GET  /api/fleet                         FleetReport (404 where one bot is shown, and not a fleet)
 *   GET  /api/log?search=&before=&limit=    LogLine[], newest first
 *   GET  /api/faults                        FaultView[]; empty where faults cannot be injected
 *   GET  /api/history                       HistoryRange
 *   GET  /api/history/moment?at=MS          Moment
 *   GET  /api/history/steps?from=MS&to=MS&actor=&limit=  StepPage, oldest first
 *   GET  /api/stream                        server-sent events: `event:` is StreamEvent['type'], `data:` one StreamEvent, `id:` a number
 *                                           that grows; begins with a `hello`, after a gap too
 *   POST /api/commands                      Command → CommandAnswer. Needs `Authorization: Bearer TOKEN` (run/inspector_token, mode 0600;
 *                                           the page gets it in the fragment of the URL that is printed: http://127.0.0.1:7070/#token=…)
 *   GET  /metrics  /healthz  /readyz
 *
 * Where a fleet is shown, all of this but /metrics is to be had of each bot that the worker runs, below /bots/ACCOUNT/PART/, as in
 * /bots/default/3of12/api/overview; for any other partition, NotHere says who has it.
 *
 * An error is `{ error: string }`, in words for a person, with the fitting HTTP status.
 */
export type { IncidentRecord } from '../healing/ledger.ts';
export type { Health, StatusReport } from '../healing/status.ts';
export type * from './contract/actors.ts';
export type * from './contract/fleet.ts';
export type * from './contract/history.ts';
export type * from './contract/overview.ts';
export type * from './contract/stream.ts';
export type * from './contract/trading.ts';
