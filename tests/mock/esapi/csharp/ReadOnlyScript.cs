using VMS.TPS.Common.Model.API;

/// <summary>A script whose assembly does not say that it writes.</summary>
public static class ReadOnlyScript
{
    /// <summary>Begins modifications all the same.</summary>
    public static void Begin(Patient patient)
    {
        patient.BeginModifications();
    }
}
