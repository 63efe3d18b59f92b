/**
 * Carries doorbells from whoever changed something to the nodes whose sessions must know. At most once: an event may
 * be lost, never doubled; whoever needs certainty reads the update log.
 */
export interface Bus {
  /**
   * Tells everybody who listens to the subject; returns before they have heard. Whoever listens on this node hears it in
   * the microtask that is queued here, ahead of those queued later.
   */
  publish(subject: string, event: unknown): void
  /** Listens to a subject. Returns how to stop. */
  subscribe(subject: string, listener: (event: unknown) => void): () => void
}
