/** A bowl that was broken, and mended with gold. */
export function Brand() {
  return (
    <a class="brand" href="#/overview" aria-label="Kintsugi: to the overview">
      <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
        <path d="M2 6.5h16c0 5.6-3.1 9.8-8 9.8S2 12.1 2 6.5z" fill="var(--bowl)" />
        <path
          class="seam"
          d="M8.6 6.5l2.2 3.4-2.8 2.1 2.5 4.2M10.8 9.9l3.5 1.2"
          fill="none"
          stroke-width="1.5"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      <span>kintsugi</span>
    </a>
  );
}
