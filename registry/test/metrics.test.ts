import { expect, test } from 'vitest';
import { HistoryCounters, historyState, ReceiptCounters } from '../src/history/counters.js';
import { prometheusText } from '../src/http/prometheus.js';
import { LatencyWindow } from '../src/metrics/latency-window.js';
import { RegistryMetrics } from '../src/metrics/registry-metrics.js';

test('given more samples than the window, then percentiles are of the last ones and rounded to two places', () => {
  const window = new LatencyWindow(100);
  for (let sample = 1; sample <= 200; sample += 1) window.add(sample + 0.123);
  expect(window.summary()).toEqual({ count: 100, p50: 150.12, p95: 195.12, p99: 199.12 });
});

test('given one sample, then every percentile is that sample', () => {
  const window = new LatencyWindow(32);
  window.add(7);
  expect(window.summary()).toEqual({ count: 1, p50: 7, p95: 7, p99: 7 });
});

test('given counters, then the Prometheus page shows them with escaped labels', () => {
  const metrics = new RegistryMetrics(32);
  metrics.called('register');
  metrics.finished('register', 1.5, true);
  metrics.refused('hello', 'profile_too_large');
  const writeQueue = { enabled: true, size: 3, max: 0, batch_size: 1, flush_ms: 1, overflow_count: 0 };
  const messages = Object.assign(new HistoryCounters(), { dead: 2, dropped: 5 });
  const levels = { backlog: 4, receipts: 0, oldestMs: 1500, fill: 0.25, deadLetters: 7 };
  const history = historyState({ messages, receipts: new ReceiptCounters(), levels }, 'jetstream');
  const page = prometheusText({ serverId: 'a"b', metrics, writeQueue, history });
  expect(page.split('\n')).toEqual(
    expect.arrayContaining([
      'agentnet_registry_info{server_id="a\\"b"} 1',
      'agentnet_registry_calls_total{operation="register"} 1',
      'agentnet_registry_errors_total{operation="register"} 1',
      'agentnet_registry_refusals_total{operation="hello",code="profile_too_large"} 1',
      'agentnet_registry_latency_ms{name="handler.register",quantile="0.99"} 1.5',
      'agentnet_registry_history_pending 3',
      'agentnet_registry_history_dead_letters_total 2',
      'agentnet_registry_history_dead_letters 7',
      'agentnet_registry_history_lost_total 5',
      'agentnet_registry_history_oldest_seconds 1.5',
      'agentnet_registry_history_fill_ratio 0.25',
    ]),
  );
});
