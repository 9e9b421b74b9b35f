using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>Settings of CollectFluenceNetData: which plans are collected.</summary>
    public sealed class CollectionSettings
    {
        /// <summary>Reads them.</summary>
        /// <exception cref="BridgeException">They are not as the installer writes them.</exception>
        public CollectionSettings(Settings settings)
        {
            Energies = settings.Values.Texts("collect_energies");
            Fields = settings.Values.Integer("collect_fields");
            IsTakingUnapproved = settings.Values.Truth("collect_unapproved");
            ResearchCourse = settings.Course;
        }

        /// <summary>Energies, as Eclipse displays them.</summary>
        public List<string> Energies { get; private set; }

        /// <summary>Number of treatment fields.</summary>
        public int Fields { get; private set; }

        /// <summary>Whether plans without approval are taken too.</summary>
        public bool IsTakingUnapproved { get; private set; }

        /// <summary>Id of the course of plans that the scripts made, which are never taken.</summary>
        public string ResearchCourse { get; private set; }
    }
}
