using Microsoft.Win32;

namespace EsapiBridge.Scripts
{
    /// <summary>The .NET Framework of this machine: older ones load pythonnet and fail later, with errors that name other causes.</summary>
    public static class NetFramework
    {
        /// <summary>What the registry says of .NET Framework 4.7.2, on those Windows that have the least.</summary>
        private const int Release472 = 461808;

        private const string Key = @"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full";

        /// <summary>Requires what pythonnet needs; Mono has it.</summary>
        /// <exception cref="BridgeException">This machine has an older one.</exception>
        public static void Require()
        {
            if (PythonLibrary.IsWindows)
            {
                Require(Registry.GetValue(Key, "Release", null) as int?);
            }
        }

        /// <summary>Requires a release that is recent enough; one that is not known passes, for it may still work.</summary>
        public static void Require(int? release)
        {
            if (release < Release472)
            {
                throw new RefusedException("this machine must have .NET Framework 4.7.2 or later, it has an older one (release "
                    + release + "). Install it here and on every other server that runs Eclipse");
            }
        }
    }
}
