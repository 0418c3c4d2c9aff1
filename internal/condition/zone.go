package condition

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// offsetLocation is the time zone at an offset from UTC, read as cel-go reads
// it.
func offsetLocation(zone, head, tail string) (*time.Location, error) {
	hours, err := strconv.Atoi(head)
	if err != nil || hours < -23 || hours > 23 {
		return nil, fmt.Errorf("unknown time zone %q: an offset is written as +01:00", clip(zone))
	}
	minutes, err := strconv.Atoi(tail)
	if err != nil || minutes < 0 || minutes > 59 {
		return nil, fmt.Errorf("unknown time zone %q: an offset is written as +01:00", clip(zone))
	}
	if strings.HasPrefix(zone, "-") {
		minutes = -minutes
	}
	return time.FixedZone("", (hours*60+minutes)*60), nil
}
