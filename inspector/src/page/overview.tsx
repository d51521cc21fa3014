export function OverviewPage() {
  return <main class="overview" />;
}
