export function TradingPage() {
  return <main class="trading" />;
}
