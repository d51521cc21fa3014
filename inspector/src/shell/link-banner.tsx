/** The link to the bot is lost: since when, why, and that it is tried again. */
import { duration, sentence } from '../format.ts';
import { link, linkSays, lostFor, notHere, overview, stale } from '../live.ts';
import { Icon } from '../part/icons.tsx';

const inSeconds = (ms: number): string => duration(Math.floor(ms / 1_000) * 1_000);

export function LinkBanner() {
  const lost = link.value === 'lost' && lostFor.value !== null;
  const shown = (lost || stale.value) && notHere.value === null;
  // Its place is kept for screen readers: what appears in it is read out.
  return (
    <div role="status" class="linkbanner" data-testid="link-banner" hidden={!shown}>
      {shown && (
        <>
          <Icon name="unlink" class="bad" />
          <p>
            <b>{lost ? 'The link is lost; trying again.' : 'The bot is silent.'}</b>{' '}
            <span class="soft">
              {linkSays.value === ''
                ? 'It has said nothing of its health for more than 12 s'
                : sentence(linkSays.value)}
              .{' '}
              {overview.value === null
                ? 'Does a bot run? kintsugi run starts one, kintsugi status asks for it.'
                : stale.value
                  ? 'What was known is too old to be believed: health is shown as unknown.'
                  : 'What is shown is from before.'}
            </span>
          </p>
          {lost && (
            <span class="dim nw" aria-hidden="true">
              for {inSeconds(lostFor.value ?? 0)}
            </span>
          )}
        </>
      )}
    </div>
  );
}
