"""Print pasture's example objects as JSON: name of the set, then what each example adds to a Note."""

import json

from fediverse_pasture_inputs import available

if __name__ == "__main__":
    print(json.dumps({name: data.examples for name, data in sorted(available.items())}))
