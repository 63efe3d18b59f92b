import { describe } from 'vitest'
import { describeDatacenters } from './datacenters.ts'

describe('a server that is two datacenters', () => describeDatacenters(2))
