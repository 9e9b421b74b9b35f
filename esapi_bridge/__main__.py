"""``python -m esapi_bridge``: the same as the command ``esapi-bridge``."""

from esapi_bridge.cli.app import main

if __name__ == "__main__":
    main()
