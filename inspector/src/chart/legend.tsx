/** What the drawing's marks mean. */
export function Legend({ path }: { readonly path: boolean }) {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <rect class="k-active" x="1" y="1" width="12" height="10" rx="3" />
        </svg>
        active
      </li>
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <rect class="k-visited" x="1" y="1" width="12" height="10" rx="3" />
        </svg>
        visited
      </li>
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <rect class="k-never" x="1" y="1" width="12" height="10" rx="3" />
        </svg>
        never
      </li>
      <li>
        <svg width="18" height="12" aria-hidden="true">
          <path class="k-taken" d="M1 6h16" />
        </svg>
        {path ? 'last step' : 'just taken'}
      </li>
    </ul>
  );
}
