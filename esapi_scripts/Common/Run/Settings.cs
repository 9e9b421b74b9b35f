using System.Collections.Generic;
using System.IO;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// What <c>esapi-bridge scripts install</c> wrote beside the scripts, esapi-bridge.json: what every script needs. What
    /// one script needs is in its own class.
    /// </summary>
    public sealed class Settings
    {
        /// <summary>Name of the file.</summary>
        public const string FileName = "esapi-bridge.json";

        private Settings(string path, JsonObject values)
        {
            FilePath = path;
            PythonHome = values.Text("python_home");
            PythonLibrary = values.Text("python_library");
            SitePackages = values.Texts("site_packages");
            Packages = values.Texts("packages");
            Exports = values.Text("exports", UserFolders.Exports);
            Course = values.Text("course");
            Values = values;
            if (values.Integer("schema") != 1)
            {
                throw new BridgeException("the settings must be those of this version, found others; "
                    + "run 'esapi-bridge scripts install' again");
            }
        }

        /// <summary>Where the settings lie.</summary>
        public string FilePath { get; private set; }

        /// <summary>Folder of the Python installation.</summary>
        public string PythonHome { get; private set; }

        /// <summary>Python's library, python311.dll or libpython3.11.so.</summary>
        public string PythonLibrary { get; private set; }

        /// <summary>Folders from which Python imports.</summary>
        public List<string> SitePackages { get; private set; }

        /// <summary>Folders of this project's Python packages; no file may lie in them that the installation does not list.</summary>
        public List<string> Packages { get; private set; }

        /// <summary>Folder that receives exported cases.</summary>
        public string Exports { get; private set; }

        /// <summary>Id of the course that receives new plans.</summary>
        public string Course { get; private set; }

        /// <summary>All of the file, for the settings of one script.</summary>
        public JsonObject Values { get; private set; }

        /// <summary>A network for people: its name, without the folder it may lie in.</summary>
        public static string ModelName(string model)
        {
            return Path.GetFileName(model);
        }

        /// <summary>Reads the settings of an installation.</summary>
        /// <exception cref="BridgeException">There are none, or they are not as the installer writes them.</exception>
        public static Settings Read(string folder)
        {
            string path = Path.Combine(folder, FileName);
            if (!File.Exists(path))
            {
                throw new BridgeException("expected the settings " + FileName + " of the installation, found none; "
                    + "run 'esapi-bridge scripts install' again");
            }
            return new Settings(path, Json.Read(path));
        }
    }
}
