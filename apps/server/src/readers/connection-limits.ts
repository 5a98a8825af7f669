import { Injectable } from '@nestjs/common';
import { ClaudeError, ClaudeMetricsService } from '@steward/claude';
import { type Principal } from '@steward/identity';
import { ServerConfigService } from '../config/server-config.service.js';

/** Connections that stay open: event streams and sockets of this process, in all and of each principal. */
@Injectable()
export class ConnectionLimits {
  private readonly byPrincipal = new Map<string, number>();
  private all = 0;

  constructor(
    private readonly config: ServerConfigService,
    private readonly metrics: ClaudeMetricsService,
  ) {}

  /**
   * Counts one more connection.
   *
   * @returns what ends its being counted; to be called once or more
   * @throws ClaudeError `stream.too_many_connections`
   */
  take({ tenant, user }: Principal): () => void {
    const { maxConnections, maxConnectionsPerPrincipal } = this.config.options;
    const key = `${tenant}:${user}`;
    const mine = this.byPrincipal.get(key) ?? 0;
    if (mine >= maxConnectionsPerPrincipal)
      throw new ClaudeError('stream.too_many_connections', { whose: 'yours', limit: maxConnectionsPerPrincipal });
    if (this.all >= maxConnections)
      throw new ClaudeError('stream.too_many_connections', { whose: 'all', limit: maxConnections });
    this.byPrincipal.set(key, mine + 1);
    this.count(1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      this.count(-1);
      const left = (this.byPrincipal.get(key) ?? 1) - 1;
      if (left > 0) this.byPrincipal.set(key, left);
      else this.byPrincipal.delete(key);
    };
  }

  private count(more: number): void {
    this.all += more;
    this.metrics.set('connections', this.all);
  }
}
