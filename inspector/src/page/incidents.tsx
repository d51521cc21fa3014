export function IncidentsPage() {
  return <main class="page" id="main" />;
}
