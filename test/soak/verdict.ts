/** What a server held at one moment of a soak. */
export interface Sample {
  readonly minute: number
  /** Resident memory. */
  readonly rssMb: number
  /** JavaScript heap and buffers after a collection of garbage. */
  readonly heapMb: number
  /** Open files and sockets, of which `databaseConnections` lead to PostgreSQL. */
  readonly descriptors: number
  readonly databaseConnections: number
  readonly sessions: number
  /** How late the event loop was since the sample before, but for one in a hundred times. */
  readonly lagMs: number
}

/** What grows by less in an hour counts as flat: with a million users it would be no more. */
const HEAP_MB_PER_HOUR = 4
/** What the allocator holds on to goes up and down by more. */
const RSS_MB_PER_HOUR = 16
/** Of the time that sessions without a connection are kept, and a little more. */
const WARM_UP_MINUTES = 20
/** A shorter soak is judged by its second half, or for its descriptors alone. */
const WARM_UP_SHARE = 0.5
const LEAST_WARM_MINUTES = 5
const SPARE_DESCRIPTORS = 2

export interface Verdict {
  readonly heapMbPerHour: number
  readonly rssMbPerHour: number
  /** Descriptors that are open at the end and were not at the beginning, but for those to the database. */
  readonly leftDescriptors: number
  readonly faults: readonly string[]
}

/** Whether memory stayed flat after the warm-up, and all descriptors were given back. */
export function judge(before: Sample, during: readonly Sample[], after: Sample): Verdict {
  const total = during.at(-1)?.minute ?? 0
  const warmUp = Math.min(WARM_UP_MINUTES, total * WARM_UP_SHARE)
  const warm = during.filter((sample) => sample.minute >= warmUp)
  const heapMbPerHour = slope(warm.map(({ minute, heapMb }) => [minute / 60, heapMb]))
  const rssMbPerHour = slope(warm.map(({ minute, rssMb }) => [minute / 60, rssMb]))
  const own = (sample: Sample): number => sample.descriptors - sample.databaseConnections
  const leftDescriptors = own(after) - own(before)
  const faults: string[] = []
  const isLong = total - warmUp >= LEAST_WARM_MINUTES
  if (isLong && heapMbPerHour > HEAP_MB_PER_HOUR)
    faults.push(`the heap grows by ${heapMbPerHour.toFixed(1)} MB an hour`)
  if (isLong && rssMbPerHour > RSS_MB_PER_HOUR) {
    faults.push(`resident memory grows by ${rssMbPerHour.toFixed(1)} MB an hour`)
  }
  if (leftDescriptors > SPARE_DESCRIPTORS) faults.push(`${leftDescriptors} descriptors were not given back`)
  return { heapMbPerHour, rssMbPerHour, leftDescriptors, faults }
}

/** Of the straight line that fits the points best, by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const below = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return below === 0 ? 0 : above / below
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
