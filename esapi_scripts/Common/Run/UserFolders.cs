using System;
using System.IO;

namespace EsapiBridge.Scripts
{
    /// <summary>Folders of the user that esapi-bridge keeps, the same as the Python side's.</summary>
    public static class UserFolders
    {
        /// <summary>Settings and the patient key: %APPDATA%\esapi-bridge; on Mono $XDG_CONFIG_HOME or ~/.config.</summary>
        public static string Config
        {
            get
            {
                return Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.Create),
                    "esapi-bridge");
            }
        }

        /// <summary>Exported cases, where the settings name no folder: esapi-bridge-exports in the user's documents.</summary>
        public static string Exports
        {
            get
            {
                return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments), "esapi-bridge-exports");
            }
        }

        /// <summary>Things that can be made again: %LOCALAPPDATA%\esapi-bridge; on Mono $XDG_DATA_HOME or ~/.local/share.</summary>
        public static string Local
        {
            get
            {
                return Path.Combine(
                    Environment.GetFolderPath(
                        Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
                    "esapi-bridge");
            }
        }
    }
}
