import { describe } from 'vitest'
import { describeDatacenters } from './datacenters.ts'

describe('a server that is three datacenters', () => describeDatacenters(3))
