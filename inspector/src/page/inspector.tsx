export function InspectorPage() {
  return <main class="inspector" />;
}
