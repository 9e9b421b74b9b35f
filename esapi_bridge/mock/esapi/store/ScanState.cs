using System;

namespace EsapiBridge.Mock
{
    /// <summary>Where an image comes from; empty where nothing says so.</summary>
    internal sealed class ScanState
    {
        internal string StudyUid = "";
        internal string StudyId = "";
        internal DateTime? StudyCreated;
        internal string Device = "";
        internal string Manufacturer = "";
        internal string Model = "";
        internal string SerialNumber = "";
    }
}
