/**
 * Carries doorbells from whoever changed something to the nodes whose sessions must know. At most once: an event may
 * be lost, never doubled; whoever needs certainty reads the update log. What is published must be data: what
 * `structuredClone` takes.
 */
export interface Bus {
  /** Whether other nodes cannot be heard now. What they tell meanwhile is lost; `onGap` is called again and again. */
  readonly isAway: boolean
  /**
   * Tells everybody who listens to the subject; returns before they have heard. Whoever listens on this node hears it in
   * the microtask that is queued here, ahead of those queued later.
   */
  publish(subject: string, event: unknown): void
  /**
   * Listens to a subject, a word or several with dots between. `onGap` hears that events may have been lost: what they
   * told of must be looked up, or taken as changed. Returns how to stop.
   */
  subscribe(subject: string, listener: (event: unknown) => void, onGap: () => void): () => void
  /**
   * Resolves when what is published from then on, on whatever node, is heard by those who listen by now, or `onGap` is;
   * undefined when that is so already. Never rejects.
   */
  listening(): Promise<void> | undefined
}
