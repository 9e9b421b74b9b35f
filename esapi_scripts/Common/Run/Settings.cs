using System.Collections.Generic;
using System.IO;

namespace EsapiBridge.Scripts
{
    /// <summary>What <c>esapi-bridge install-scripts</c> wrote beside the scripts: esapi-bridge.json.</summary>
    public sealed class Settings
    {
        /// <summary>Name of the file.</summary>
        public const string FileName = "esapi-bridge.json";

        /// <summary>Normalisation to the prescription as mean dose of the target.</summary>
        public const string ToPrescription = "prescription";

        /// <summary>Normalisation to the mean dose that the target has in the open plan.</summary>
        public const string ToReference = "reference";

        private Settings(string path, JsonObject values)
        {
            FilePath = path;
            PythonHome = values.Text("python_home");
            PythonLibrary = values.Text("python_library");
            SitePackages = values.Texts("site_packages");
            Packages = values.Texts("packages");
            Exports = values.Text("exports", UserFolders.Exports);
            Model = values.Text("model");
            WriteGrid = values.Text("write_grid");
            Course = values.Text("course");
            FineGridCm = values.Text("fine_grid_cm");
            FluenceModel = values.Text("fluence_model");
            Normalisation = values.Text("normalisation");
            LeafMotionModel = values.Text("leaf_motion_model", null);
            DoseModel = values.Text("dose_model", null);
            HasFixedJaws = values.Truth("fixed_jaws");
            Structures = values.TextsByName("structures");
            CollectEnergies = values.Texts("collect_energies");
            CollectFields = values.Integer("collect_fields");
            IsCollectingUnapproved = values.Truth("collect_unapproved");
            if (values.Integer("schema") != 1 || (WriteGrid != "fine" && WriteGrid != "source")
                || (Normalisation != ToPrescription && Normalisation != ToReference))
            {
                throw new BridgeException("the settings must be those of this version, found others; "
                    + "run 'esapi-bridge install-scripts' again");
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

        /// <summary>Name of the network.</summary>
        public string Model { get; private set; }

        /// <summary>The network for people: its name, without the folder it may lie in.</summary>
        public string ModelName
        {
            get { return Path.GetFileName(Model); }
        }

        /// <summary>"fine": a copy of the plan is calculated on a fine grid and the dose written there; "source": the plan's own grid.</summary>
        public string WriteGrid { get; private set; }

        /// <summary>Id of the course that receives new plans.</summary>
        public string Course { get; private set; }

        /// <summary>Grid of the fine calculation, in cm, as Eclipse's calculation option takes it.</summary>
        public string FineGridCm { get; private set; }

        /// <summary>Name of the fluence network.</summary>
        public string FluenceModel { get; private set; }

        /// <summary>The fluence network for people, likewise.</summary>
        public string FluenceModelName
        {
            get { return Path.GetFileName(FluenceModel); }
        }

        /// <summary>How a new fluence is normalised: <see cref="ToPrescription"/> or <see cref="ToReference"/>.</summary>
        public string Normalisation { get; private set; }

        /// <summary>Model of leaf motions for a new fluence; null for that of the open plan.</summary>
        public string LeafMotionModel { get; private set; }

        /// <summary>Model of the dose of a new fluence; null for that of the open plan.</summary>
        public string DoseModel { get; private set; }

        /// <summary>Whether leaf motions keep the jaws where they are.</summary>
        public bool HasFixedJaws { get; private set; }

        /// <summary>Ids of structures by the role they have for the fluence network, where their names do not say it.</summary>
        public Dictionary<string, string> Structures { get; private set; }

        /// <summary>Energies of plans that are collected, as Eclipse displays them.</summary>
        public List<string> CollectEnergies { get; private set; }

        /// <summary>Number of treatment fields of plans that are collected.</summary>
        public int CollectFields { get; private set; }

        /// <summary>Whether plans without approval are collected too.</summary>
        public bool IsCollectingUnapproved { get; private set; }

        /// <summary>Reads the settings of an installation.</summary>
        /// <exception cref="BridgeException">There are none, or they are not as the installer writes them.</exception>
        public static Settings Read(string folder)
        {
            string path = Path.Combine(folder, FileName);
            if (!File.Exists(path))
            {
                throw new BridgeException("expected the settings " + FileName + " of the installation, found none; "
                    + "run 'esapi-bridge install-scripts' again");
            }
            return new Settings(path, Json.Read(path));
        }
    }
}
